"""Pictures that QIS draws itself."""
