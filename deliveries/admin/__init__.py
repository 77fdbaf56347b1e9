from deliveries.admin.deliveries import DeliveryAdmin
from deliveries.admin.drills import drill
from deliveries.admin.house import show

__all__ = ["DeliveryAdmin", "drill", "show"]
