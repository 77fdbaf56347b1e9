"""What makes a house under test mortal: put this folder on its PYTHONPATH, and see `sitecustomize`."""
