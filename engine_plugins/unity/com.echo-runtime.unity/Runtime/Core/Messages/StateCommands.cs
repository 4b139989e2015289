namespace EchoRuntime
{
    /// <summary>An NPC's memory and a file of the runtime's memory folder; needs the capability `memory`.</summary>
    public abstract class MemoryCommand : NpcCommand
    {
        /// <summary>A plain file name, never a path.</summary>
        public string File;

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.FileName("file", ref File);
        }
    }

    /// <summary>Writes an NPC's memory into a file. Result: file.</summary>
    public sealed class SaveMemory : MemoryCommand
    {
        public override string Type
        {
            get { return "save_memory"; }
        }
    }

    /// <summary>Replaces an NPC's memory by what <see cref="SaveMemory"/> wrote.</summary>
    public sealed class LoadMemory : MemoryCommand
    {
        public override string Type
        {
            get { return "load_memory"; }
        }
    }

    /// <summary>A command about one NPC, or about all that are open.</summary>
    public abstract class GroupCommand : Command
    {
        /// <summary>"" = all that are open.</summary>
        public string Npc = "";

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.NameOrEmpty("npc", ref Npc);
        }
    }

    /// <summary>Lets an NPC stand still. Result: npcs (how many), pts (from when at the latest).</summary>
    public sealed class Pause : GroupCommand
    {
        public override string Type
        {
            get { return "pause"; }
        }
    }

    /// <summary>Lets an NPC go on where it stopped. Result: npcs (how many), pts (of the next frame).</summary>
    public sealed class Resume : GroupCommand
    {
        public override string Type
        {
            get { return "resume"; }
        }
    }

    /// <summary>The names of a curve set that WELCOME announces without them. Result: curves, names.</summary>
    public sealed class CurveNames : Command
    {
        public string Curves;

        public override string Type
        {
            get { return "curve_names"; }
        }

        internal override void Visit(Fields fields)
        {
            base.Visit(fields);
            fields.Name("curves", ref Curves);
        }
    }
}
