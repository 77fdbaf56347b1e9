from deliveries.admin.deliveries import DeliveryAdmin

__all__ = ["DeliveryAdmin"]
