namespace EchoRuntime
{
    /// <summary>A command about one utterance of one NPC.</summary>
    public abstract class SpeakCommand : NpcCommand
    {
        /// <summary>The utterance's label, above 0; never compared by size.</summary>
        public uint Utt;

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Unsigned("utt", ref Utt, 1);
        }
    }

    /// <summary>Begins an utterance. Done when its last sample has been heard; an interrupt makes it fail.</summary>
    public sealed class SpeakBegin : SpeakCommand
    {
        /// <summary>Samples per second.</summary>
        public int Rate = 16000;
        public int Channels = 1;
        /// <summary>What is said, for the history; not spoken by the runtime.</summary>
        public string Text = "";

        public override string Type
        {
            get { return "speak_begin"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Whole("rate", ref Rate, 8000, 192000, 16000);
            fields.Whole("channels", ref Channels, 1, 8, 1);
            fields.TextOrEmpty("text", ref Text, Limits.TextBytes);
        }
    }

    /// <summary>A piece of it. Payload: PCM16, little-endian, interleaved. Its `ack` carries `buffered_us`.</summary>
    public sealed class SpeakAudio : SpeakCommand
    {
        public override string Type
        {
            get { return "speak_audio"; }
        }

        public override int PayloadLimit
        {
            get { return Limits.SoundBytes; }
        }

        public override void CheckPayload(long size)
        {
            CheckSound(1, size);
        }
    }

    /// <summary>No more sound will come for this utterance.</summary>
    public sealed class SpeakEnd : SpeakCommand
    {
        public override string Type
        {
            get { return "speak_end"; }
        }
    }

    /// <summary>Speaks with the runtime's voice for text; needs the capability of the same name.</summary>
    public sealed class SpeakText : NpcCommand
    {
        public string Text = "";
        public string Voice = "";
        /// <summary>0 lets the runtime choose a label.</summary>
        public uint Utt;

        public override string Type
        {
            get { return "speak_text"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Text("text", ref Text, Limits.TextBytes);
            fields.NameOrEmpty("voice", ref Voice);
            fields.UnsignedOrZero("utt", ref Utt);
        }
    }
}
