using System;
using System.Collections.Generic;
using System.Threading;

namespace EchoRuntime
{
    /// <summary>
    /// A DEALER socket over ZMTP. A thread of its own writes, so that nobody who sends waits for a peer that does not read.
    /// What was not written when the connection broke is thrown away: it belonged to a session that is over.
    /// </summary>
    internal sealed class ZmtpControl : ZmtpSource, IControlLink
    {
        private const int MostWaiting = 1024;
        private const long MostWaitingBytes = 8 << 20;
        private static readonly string[] Peers = { "ROUTER" };

        private struct Outgoing
        {
            public ZmtpConnection To;
            public byte[] Begin;
            public byte[] Payload;
        }

        private readonly Queue<Outgoing> _outbox = new Queue<Outgoing>();
        private readonly Thread _writer;
        private long _waitingBytes;
        private bool _ended;

        public ZmtpControl(string host, int port) : base(host, port, Limits.ControlPartBytes)
        {
            _writer = new Thread(Write) { IsBackground = true, Name = "echo-control-write" };
            _writer.Start();
        }

        protected override string OwnType
        {
            get { return "DEALER"; }
        }

        protected override string[] PeerTypes
        {
            get { return Peers; }
        }

        public bool Send(byte[] header, int headerLength, byte[] payload, int payloadOffset, int payloadLength)
        {
            ZmtpConnection connection = Current;
            if (connection == null) return false;
            // both frames' begins and the header in one piece, the payload as another
            var begin = new byte[18 + headerLength];
            int at = Zmtp.WriteFrame(begin, 0, Zmtp.More, headerLength);
            Buffer.BlockCopy(header, 0, begin, at, headerLength);
            at += headerLength;
            at += Zmtp.WriteFrame(begin, at, 0, payloadLength);
            Array.Resize(ref begin, at);
            var copy = new byte[payloadLength];
            if (payloadLength > 0) Buffer.BlockCopy(payload, payloadOffset, copy, 0, payloadLength);
            lock (_outbox)
            {
                if (_ended || _outbox.Count >= MostWaiting || _waitingBytes > MostWaitingBytes) return false;
                _waitingBytes += begin.Length + copy.Length;
                _outbox.Enqueue(new Outgoing { To = connection, Begin = begin, Payload = copy });
                Monitor.Pulse(_outbox);
            }
            return true;
        }

        /// <summary>What has been sent is written first, within 50 ms.</summary>
        public override void Dispose()
        {
            lock (_outbox)
            {
                _ended = true;
                Monitor.Pulse(_outbox);
            }
            _writer.Join(50);
            base.Dispose();
            _writer.Join(50);
        }

        protected override void Greet(ZmtpConnection connection)
        {
        }

        private void Write()
        {
            while (true)
            {
                Outgoing next;
                lock (_outbox)
                {
                    while (_outbox.Count == 0)
                    {
                        if (_ended) return;
                        Monitor.Wait(_outbox);
                    }
                    next = _outbox.Dequeue();
                    _waitingBytes -= next.Begin.Length + next.Payload.Length;
                }
                if (next.To != Current) continue;
                try
                {
                    next.To.Send(next.Begin, next.Begin.Length, next.Payload, 0, next.Payload.Length);
                }
                catch (TransportException error)
                {
                    Fail(next.To, error.Message);
                }
            }
        }
    }
}
