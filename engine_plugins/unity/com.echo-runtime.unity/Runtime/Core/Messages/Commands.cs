using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>The first message of every connection.</summary>
    public sealed class Hello : Message
    {
        public ProtocolVersion Proto;
        /// <summary>
        /// Stays the same for one installation: a client that comes back under it finds its session again.
        /// </summary>
        public string Client;
        public List<string> Caps = new List<string>();

        public override string Type
        {
            get { return "hello"; }
        }

        internal override void Visit(Fields fields)
        {
            fields.Version("proto", ref Proto);
            fields.Name("client", ref Client);
            fields.Names("caps", ref Caps, 64, false);
        }
    }

    /// <summary>Something asked of the runtime; answered by `ack`, then `done` or `failed`.</summary>
    public abstract class Command : Message
    {
        /// <summary>Unique in its session, set by the client; 0 wants no answer, though a refusal still comes.</summary>
        public ulong Id;

        internal override void Visit(Fields fields)
        {
            fields.Unsigned("id", ref Id, false);
        }
    }

    /// <summary>A command about one NPC that is open.</summary>
    public abstract class NpcCommand : Command
    {
        public string Npc;

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("npc", ref Npc);
        }
    }

    /// <summary>Opens an NPC, or joins an open one. Result: npc, avatar, width, height, rate, epoch.</summary>
    public sealed class OpenNpc : NpcCommand
    {
        /// <summary>"" takes the avatar of the NPC's own name.</summary>
        public string Avatar = "";

        public override string Type
        {
            get { return "open_npc"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.NameOrEmpty("avatar", ref Avatar);
        }
    }

    public sealed class CloseNpc : NpcCommand
    {
        public override string Type
        {
            get { return "close_npc"; }
        }
    }

    /// <summary>
    /// Result: npcs (a list of maps with name, avatar, state), next ("" at the end, else the next `after`).
    /// </summary>
    public sealed class ListNpcs : Command
    {
        public string After = "";
        public int Limit = 16;

        public override string Type
        {
            get { return "list_npcs"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.NameOrEmpty("after", ref After);
            fields.Whole("limit", ref Limit, 1, 32, 16);
        }
    }

    /// <summary>Stops the speech, drops what waits, raises the epoch. Result: epoch.</summary>
    public sealed class Interrupt : NpcCommand
    {
        public override string Type
        {
            get { return "interrupt"; }
        }
    }

    public sealed class Emotion : NpcCommand
    {
        public string Name;
        /// <summary>0 to 1.</summary>
        public double Intensity = 1.0;

        public override string Type
        {
            get { return "emotion"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("name", ref Name);
            fields.Real("intensity", ref Intensity, 0.0, 1.0, 1.0);
        }
    }

    /// <summary>The engine prepares an answer, or no longer does.</summary>
    public sealed class Thinking : NpcCommand
    {
        public bool On;

        public override string Type
        {
            get { return "thinking"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Flag("on", ref On);
        }
    }

    /// <summary>How much the player looks at this NPC.</summary>
    public sealed class Attention : NpcCommand
    {
        /// <summary>0 not at all, 1 into its eyes.</summary>
        public double Value;

        public override string Type
        {
            get { return "attention"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Real("value", ref Value, 0.0, 1.0);
        }
    }

    /// <summary>One turn of the dialogue, for the history.</summary>
    public sealed class SayText : Command
    {
        /// <summary>Whose history; "" = of all NPCs.</summary>
        public string Npc = "";
        /// <summary>`player`, or an NPC's name.</summary>
        public string Speaker;
        public string Text = "";

        public override string Type
        {
            get { return "say_text"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.NameOrEmpty("npc", ref Npc);
            fields.Name("speaker", ref Speaker);
            fields.Text("text", ref Text, Limits.TextBytes);
        }
    }

    /// <summary>Result: a flat map of numbers and short texts.</summary>
    public sealed class Stats : Command
    {
        public override string Type
        {
            get { return "stats"; }
        }
    }

    /// <summary>Answered by `pong` at once.</summary>
    public sealed class Ping : Command
    {
        /// <summary>Microseconds on the engine's clock.</summary>
        public long Sent;

        public override string Type
        {
            get { return "ping"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.MicrosOrZero("sent", ref Sent);
        }
    }

    /// <summary>Moves a runtime's virtual clock. Result: now, seq (each NPC's last picture).</summary>
    public sealed class Advance : Command
    {
        /// <summary>Microseconds.</summary>
        public long Micros;

        public override string Type
        {
            get { return "advance"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Whole("us", ref Micros, 1, 3600000000);
        }
    }

    /// <summary>The session ends; speech that was queued is still heard.</summary>
    public sealed class Bye : Command
    {
        public override string Type
        {
            get { return "bye"; }
        }
    }
}
