"""What people do from chat: whose call it is, who they are, what they ask, and what is answered."""
