namespace EchoRuntime
{
    /// <summary>The published types of messages, each of which counts for itself.</summary>
    public enum StreamKind
    {
        Video,
        Coefficients,
        Speech,
        Event,
    }

    /// <summary>
    /// The order of what comes of one NPC: what was seen before or belongs to a lower epoch is dropped, and what is
    /// missing between live messages is counted. A pure data structure. Not for several threads at once.
    /// </summary>
    public sealed class ReceiveOrder
    {
        private readonly ulong[] _last = new ulong[4];
        private readonly bool[] _countable = new bool[4];
        private readonly long[] _lost = new long[4];

        /// <summary>The highest that was seen.</summary>
        public uint Epoch { get; private set; }

        /// <summary>Messages of a lower epoch, dropped.</summary>
        public long Outdated { get; private set; }

        /// <summary>Messages that never came.</summary>
        public long Lost(StreamKind kind)
        {
            return _lost[(int)kind];
        }

        /// <summary>
        /// Whether a message is to be used. `epochRose`: whatever waits of the NPC is to be thrown away first.
        /// </summary>
        public bool Accept(StreamKind kind, ulong seq, uint epoch, bool again, out bool epochRose)
        {
            int place = (int)kind;
            epochRose = false;
            bool isNew = seq > _last[place];
            if (isNew) // counted first: what an interrupt outdates is not lost
            {
                // a last value that is sent again may stand for several, and says nothing of what came between
                if (_countable[place] && !again) _lost[place] += (long)(seq - _last[place] - 1);
                _last[place] = seq;
                _countable[place] = !again;
            }
            if (epoch < Epoch)
            {
                Outdated++;
                return false;
            }
            epochRose = epoch > Epoch;
            Epoch = epoch;
            return isNew;
        }

        /// <summary>A new run of the runtime: numbers and epochs begin anew, the counts stay.</summary>
        public void Reset()
        {
            Epoch = 0;
            for (int i = 0; i < _last.Length; i++)
            {
                _last[i] = 0;
                _countable[i] = false;
            }
        }
    }
}
