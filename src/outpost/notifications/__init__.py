"""Messages to people: the in-app inbox, and delivery by WeCom, SMS, e-mail, group robots and webhooks.

Owns: `InboxMessage`, `Message`, `Delivery`, `Channel`. Public: `services.send`, `services.tell`, `recipients`,
`queries.unread_count`, `queries.channels_on`.
"""
