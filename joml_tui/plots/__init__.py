"""Charts without a screen: reducing long series, and plotext behind one module and one helper process."""
