"""How a graph is compiled and run: eager, OpenVINO."""
