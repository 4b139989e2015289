"""Voice for text: what turns `speak_text` into sound, beside the runtime's loop."""
