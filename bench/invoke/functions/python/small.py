def serve(event):
    name = event.get("name")
    return f"Hello {name}" if name else "Hello World"
