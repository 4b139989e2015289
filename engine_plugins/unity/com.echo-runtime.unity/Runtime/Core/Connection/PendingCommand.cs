using System.Threading;

namespace EchoRuntime
{
    /// <summary>A command that was sent, and its answers as they come. For all threads.</summary>
    public sealed class PendingCommand
    {
        private readonly object _gate = new object();

        internal PendingCommand(ulong id, string type, string npc)
        {
            Id = id;
            Type = type;
            Npc = npc;
            Result = new MessageMap();
            Code = Text = "";
        }

        public ulong Id { get; private set; }

        public string Type { get; private set; }

        /// <summary>The NPC it is about; "" for none.</summary>
        public string Npc { get; private set; }

        public bool Acknowledged { get; private set; }

        public bool Finished { get; private set; }

        /// <summary>
        /// Whether it is finished as wanted; otherwise <see cref="Code"/> and <see cref="Text"/> say why not.
        /// </summary>
        public bool Succeeded { get; private set; }

        public MessageMap Result { get; private set; }

        public string Code { get; private set; }

        /// <summary>One sentence, meant to be shown.</summary>
        public string Text { get; private set; }

        /// <summary>The utterance whose piece this command is; null for none.</summary>
        internal Utterance Upload;

        /// <summary>How long that piece sounds.</summary>
        internal long UploadMicros;

        /// <summary>Waits for the end of it; false when it does not come. Not for the game's thread.</summary>
        public bool Wait(int milliseconds)
        {
            long until = MonotonicClock.NowMicros + milliseconds * 1000L;
            lock (_gate)
            {
                while (!Finished)
                {
                    long left = (until - MonotonicClock.NowMicros) / 1000;
                    if (left <= 0) return false;
                    Monitor.Wait(_gate, (int)left);
                }
                return true;
            }
        }

        internal void Acknowledge()
        {
            lock (_gate) Acknowledged = true;
        }

        internal void Succeed(MessageMap result)
        {
            lock (_gate)
            {
                if (Finished) return;
                Result = result;
                Succeeded = Acknowledged = Finished = true;
                Monitor.PulseAll(_gate);
            }
        }

        internal void Fail(string code, string text)
        {
            lock (_gate)
            {
                if (Finished) return;
                Code = code;
                Text = text;
                Finished = true;
                Monitor.PulseAll(_gate);
            }
        }
    }
}
