from demo.models.calling import SandboxApp, SandboxHook, SandboxReply
from demo.models.sandbox import SandboxMessage, SandboxRoom, SandboxToken

__all__ = ["SandboxApp", "SandboxHook", "SandboxMessage", "SandboxReply", "SandboxRoom", "SandboxToken"]
