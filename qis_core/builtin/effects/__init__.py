"""What a picture looks like: sharpening, blurring and a second picture on top."""
