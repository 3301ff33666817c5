"""Outside services that carry messages to people, behind one small base class."""
