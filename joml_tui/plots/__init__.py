"""Charts without a screen: downsampling of long series, and drawing with plotext in a helper process."""
