using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// The commands of a session that are not answered yet, and their numbers. Guarded by the session's lock.
    /// </summary>
    internal sealed class PendingCommands
    {
        private const int Most = 4096;
        private readonly Dictionary<ulong, PendingCommand> _byId = new Dictionary<ulong, PendingCommand>();

        // away from small numbers: a late answer to an earlier connection must not meet a new command
        private ulong _number = (ulong)BitConverter.ToUInt32(Guid.NewGuid().ToByteArray(), 0) << 24;

        public bool IsFull
        {
            get { return _byId.Count >= Most; }
        }

        public ulong NextId()
        {
            return ++_number;
        }

        public void Add(PendingCommand command)
        {
            _byId[command.Id] = command;
        }

        /// <summary>Null when nobody waits for this answer.</summary>
        public PendingCommand Find(ulong id)
        {
            PendingCommand command;
            return _byId.TryGetValue(id, out command) ? command : null;
        }

        public void Remove(ulong id)
        {
            _byId.Remove(id);
        }

        /// <summary>Fails them all: they will not be answered any more. Returns them.</summary>
        public List<PendingCommand> Lose(string text)
        {
            var lost = new List<PendingCommand>(_byId.Values);
            _byId.Clear();
            foreach (PendingCommand command in lost) command.Fail("connection_lost", text);
            return lost;
        }
    }
}
