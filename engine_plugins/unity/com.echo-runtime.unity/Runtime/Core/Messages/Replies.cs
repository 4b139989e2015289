using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>The answer to <see cref="Hello"/>.</summary>
    public sealed class Welcome : Message
    {
        public ProtocolVersion Proto;
        public string Session;
        /// <summary>The client had a session, and has it again.</summary>
        public bool Returned;
        /// <summary>Names this run of the runtime; when it changes, sequence numbers and epochs begin anew.</summary>
        public string Run;
        /// <summary>Microseconds on the runtime's clock.</summary>
        public long Now;
        /// <summary>control, cues, video.</summary>
        public MessageMap Ports;
        /// <summary>Names of the curves of each set, in the order of the wire.</summary>
        public MessageMap CurveSets;
        /// <summary>Of pictures; the first one is sent.</summary>
        public List<string> Formats;
        public List<string> Caps;
        /// <summary>Version of the runtime's package, for logs.</summary>
        public string Runtime;

        public override string Type
        {
            get { return "welcome"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Version("proto", ref Proto);
            fields.Name("session", ref Session);
            fields.Flag("returned", ref Returned);
            fields.Name("run", ref Run);
            fields.Micros("now", ref Now);
            fields.Map("ports", ref Ports, MapValues.Ports, 8, true);
            fields.Map("curve_sets", ref CurveSets, MapValues.NameLists, 8, true);
            fields.Names("formats", ref Formats, 16, true);
            fields.Names("caps", ref Caps, 64, true);
            fields.Name("runtime", ref Runtime);
        }
    }

    /// <summary>Something that is no command went wrong.</summary>
    public sealed class ErrorReply : Message
    {
        public string Code;
        public string Text;
        /// <summary>What the runtime speaks, beside the code `version`.</summary>
        public List<ProtocolVersion> Supported = new List<ProtocolVersion>();

        public override string Type
        {
            get { return "error"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Name("code", ref Code);
            fields.Text("text", ref Text, Limits.SentenceBytes);
            fields.Versions("supported", ref Supported);
        }
    }

    /// <summary>The command was understood and is under way.</summary>
    public sealed class Ack : Message
    {
        public ulong Id;
        /// <summary>For speak_audio: sound of this NPC that waits to be heard, in microseconds.</summary>
        public long BufferedMicros;

        public override string Type
        {
            get { return "ack"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Unsigned("id", ref Id, true);
            fields.MicrosOrZero("buffered_us", ref BufferedMicros);
        }
    }

    /// <summary>The command's work is finished.</summary>
    public sealed class Done : Message
    {
        public ulong Id;
        public MessageMap Result = new MessageMap();

        public override string Type
        {
            get { return "done"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Unsigned("id", ref Id, true);
            fields.Map("result", ref Result, MapValues.Anything, 64, false);
        }
    }

    /// <summary>The command was refused or could not be finished.</summary>
    public sealed class Failed : Message
    {
        public ulong Id;
        public string Code;
        public string Text;

        public override string Type
        {
            get { return "failed"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Unsigned("id", ref Id, true);
            fields.Name("code", ref Code);
            fields.Text("text", ref Text, Limits.SentenceBytes);
        }
    }

    /// <summary>The answer to a ping: `Sent` on the engine's clock, the others on the runtime's; microseconds.</summary>
    public sealed class Pong : Message
    {
        public ulong Id;
        public long Sent;
        public long Received;
        public long Answered;

        public override string Type
        {
            get { return "pong"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Unsigned("id", ref Id, true);
            fields.Micros("sent", ref Sent);
            fields.Micros("received", ref Received);
            fields.Micros("answered", ref Answered);
        }
    }

    /// <summary>The runtime ends this session.</summary>
    public sealed class Closing : Message
    {
        /// <summary>`stopped`, `replaced`, or what a newer runtime may say.</summary>
        public string Code;
        public string Text;

        public override string Type
        {
            get { return "closing"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Name("code", ref Code);
            fields.Text("text", ref Text, Limits.SentenceBytes);
        }
    }
}
