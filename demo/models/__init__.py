from demo.models.sandbox import SandboxMessage, SandboxRoom, SandboxToken

__all__ = ["SandboxMessage", "SandboxRoom", "SandboxToken"]
