using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// The NPCs of which something was received or is wanted. At most <see cref="Limits.Npcs"/> are kept; the one unheard
    /// for longest is forgotten, but for those that somebody holds on to. For all threads.
    /// </summary>
    internal sealed class Inbox
    {
        private readonly Dictionary<string, NpcStreams> _npcs = new Dictionary<string, NpcStreams>();

        /// <summary>Of an NPC that messages name.</summary>
        public NpcStreams Of(string npc)
        {
            lock (_npcs)
            {
                NpcStreams streams;
                return _npcs.TryGetValue(npc, out streams) ? streams : Add(npc);
            }
        }

        /// <summary>Of an NPC that is to be kept.</summary>
        public NpcStreams Want(string npc)
        {
            lock (_npcs)
            {
                NpcStreams streams = Of(npc);
                streams.Wanted = true;
                return streams;
            }
        }

        /// <summary>It may be forgotten again.</summary>
        public void Release(string npc)
        {
            lock (_npcs)
            {
                NpcStreams streams;
                if (_npcs.TryGetValue(npc, out streams)) streams.Wanted = false;
            }
        }

        public int Count
        {
            get { lock (_npcs) return _npcs.Count; }
        }

        /// <summary>The NPCs of now, in a list of the caller's.</summary>
        public List<NpcStreams> All()
        {
            lock (_npcs) return new List<NpcStreams>(_npcs.Values);
        }

        /// <summary>A new run of the runtime.</summary>
        public void Reset()
        {
            foreach (NpcStreams streams in All()) streams.Reset();
        }

        private NpcStreams Add(string npc)
        {
            if (_npcs.Count >= Limits.Npcs) ForgetOne();
            var added = new NpcStreams(npc) { HeardMicros = MonotonicClock.NowMicros };
            _npcs.Add(npc, added);
            return added;
        }

        private void ForgetOne()
        {
            NpcStreams oldest = null;
            foreach (NpcStreams streams in _npcs.Values)
            {
                if (!streams.Wanted && (oldest == null || streams.HeardMicros < oldest.HeardMicros)) oldest = streams;
            }
            if (oldest != null) _npcs.Remove(oldest.Name);
        }
    }
}
