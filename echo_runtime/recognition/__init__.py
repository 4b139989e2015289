"""What the player says, as text: recognisers behind one interface, in a process of their own beside the frame path."""
