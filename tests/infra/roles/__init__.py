"""The functions at work with nothing but the permissions of their roles, on an emulated AWS that asks for them."""
