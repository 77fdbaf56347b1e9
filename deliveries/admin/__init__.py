from deliveries.admin.deliveries import DeliveryAdmin
from deliveries.admin.house import show

__all__ = ["DeliveryAdmin", "show"]
