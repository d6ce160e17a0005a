"""``manage.py weaviate``."""
