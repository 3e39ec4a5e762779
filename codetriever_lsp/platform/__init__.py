"""What every process needs of the operating system and of asyncio. Knows nothing of the product."""
