"""The queue: experiments that train one after another, the screen that shows them, and grids of them."""
