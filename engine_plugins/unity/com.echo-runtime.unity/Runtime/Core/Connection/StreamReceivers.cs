using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// The receiving threads of video and cues, and what they are subscribed to: topics outlive the threads, which are
    /// made anew wherever WELCOME says that the streams are. For all threads.
    /// </summary>
    internal sealed class StreamReceivers
    {
        private const int EndMilliseconds = 150;
        private static readonly string[] Streams = { Topics.Video, Topics.Cues };
        private readonly object _gate = new object();
        private readonly List<string>[] _npcs = { new List<string>(), new List<string>() };
        private readonly Func<string, int, StreamReceiver> _make;
        private StreamReceiver[] _running = new StreamReceiver[2];
        private bool _ended;

        /// <param name="make">Begins to receive a stream from a port.</param>
        public StreamReceivers(Func<string, int, StreamReceiver> make)
        {
            _make = make;
        }

        /// <param name="npc">"" for all.</param>
        public void Subscribe(string stream, string npc)
        {
            int place = Array.IndexOf(Streams, stream);
            lock (_gate)
            {
                if (_npcs[place].Contains(npc)) return;
                _npcs[place].Add(npc);
                if (_running[place] != null) _running[place].Source.Subscribe(Topics.Bytes(stream, npc));
            }
        }

        public void Unsubscribe(string npc)
        {
            lock (_gate)
            {
                for (int i = 0; i < Streams.Length; i++)
                {
                    if (_npcs[i].Remove(npc) && _running[i] != null) _running[i].Source.Unsubscribe(Topics.Bytes(Streams[i], npc));
                }
            }
        }

        /// <summary>Begins to receive from these ports; the old threads must have been stopped.</summary>
        public void Start(MessageMap ports)
        {
            lock (_gate)
            {
                for (int i = 0; i < Streams.Length && !_ended; i++)
                {
                    int port = (int)ports.Whole(Streams[i]);
                    if (port == 0) continue; // a runtime that does not offer this stream
                    string stream = Streams[i];
                    StreamReceiver receiver = _running[i] = _make(stream, port);
                    _npcs[i].ForEach(npc => receiver.Source.Subscribe(Topics.Bytes(stream, npc)));
                }
            }
        }

        /// <summary>Ends the threads, and waits for them a little.</summary>
        public void Stop()
        {
            foreach (StreamReceiver receiver in BeginToStop(false)) receiver.Join(EndMilliseconds);
        }

        /// <summary>Lets the threads end, for good. Returns those that may still run.</summary>
        public List<StreamReceiver> End()
        {
            return BeginToStop(true);
        }

        private List<StreamReceiver> BeginToStop(bool forGood)
        {
            StreamReceiver[] running;
            lock (_gate)
            {
                running = _running;
                _running = new StreamReceiver[2];
                _ended |= forGood;
            }
            var stopped = new List<StreamReceiver>();
            foreach (StreamReceiver receiver in running)
            {
                if (receiver == null) continue;
                receiver.Stop();
                stopped.Add(receiver);
            }
            return stopped;
        }
    }
}
