namespace EchoRuntime
{
    /// <summary>Which types of messages there are. A new one is a class and a line here.</summary>
    public static class MessageTable
    {
        /// <summary>A new message of a command's type; null for types that this version does not know.</summary>
        public static Command NewCommand(string type)
        {
            switch (type)
            {
                case "open_npc": return new OpenNpc();
                case "close_npc": return new CloseNpc();
                case "list_npcs": return new ListNpcs();
                case "speak_begin": return new SpeakBegin();
                case "speak_audio": return new SpeakAudio();
                case "speak_end": return new SpeakEnd();
                case "speak_text": return new SpeakText();
                case "interrupt": return new Interrupt();
                case "emotion": return new Emotion();
                case "thinking": return new Thinking();
                case "player_face": return new PlayerFace();
                case "player_audio": return new PlayerAudio();
                case "say_text": return new SayText();
                case "attention": return new Attention();
                case "save_memory": return new SaveMemory();
                case "load_memory": return new LoadMemory();
                case "pause": return new Pause();
                case "resume": return new Resume();
                case "curve_names": return new CurveNames();
                case "stats": return new Stats();
                case "ping": return new Ping();
                case "advance": return new Advance();
                case "bye": return new Bye();
                default: return null;
            }
        }

        /// <summary>A new message of a type that the runtime sends on the control socket; null for an unknown one.</summary>
        public static Message NewReply(string type)
        {
            switch (type)
            {
                case "welcome": return new Welcome();
                case "error": return new ErrorReply();
                case "ack": return new Ack();
                case "done": return new Done();
                case "failed": return new Failed();
                case "pong": return new Pong();
                case "closing": return new Closing();
                default: return null;
            }
        }

        /// <summary>A new message of a published type; null for an unknown one.</summary>
        public static Published NewPublished(string type)
        {
            switch (type)
            {
                case "video": return new Video();
                case "coefficients": return new Coefficients();
                case "speech": return new Speech();
                case "event": return new CueEvent();
                default: return null;
            }
        }

        /// <summary>A new message of any type; null for an unknown one.</summary>
        public static Message NewMessage(string type)
        {
            if (type == "hello") return new Hello();
            return NewCommand(type) ?? NewReply(type) ?? (Message)NewPublished(type);
        }
    }
}
