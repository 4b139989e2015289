using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>A SUB socket over ZMTP; its subscriptions are told again to every new connection.</summary>
    internal sealed class ZmtpSubscription : ZmtpSource, ISubscription
    {
        private static readonly string[] Peers = { "XPUB", "PUB" };
        private readonly object _gate = new object();
        private readonly List<byte[]> _prefixes = new List<byte[]>();
        private ZmtpConnection _told;

        public ZmtpSubscription(string host, int port, int largestPart) : base(host, port, largestPart)
        {
        }

        protected override string OwnType
        {
            get { return "SUB"; }
        }

        protected override string[] PeerTypes
        {
            get { return Peers; }
        }

        public void Subscribe(byte[] prefix)
        {
            lock (_gate)
            {
                _prefixes.Add(prefix);
                Tell(prefix, true);
            }
        }

        public void Unsubscribe(byte[] prefix)
        {
            lock (_gate)
            {
                int index = _prefixes.FindIndex(known => Same(known, prefix));
                if (index < 0) return;
                _prefixes.RemoveAt(index);
                Tell(prefix, false);
            }
        }

        protected override void Greet(ZmtpConnection connection)
        {
            lock (_gate)
            {
                _told = connection;
                foreach (byte[] prefix in _prefixes) connection.Send(Zmtp.Subscription(prefix, true, connection.PeerMinor));
            }
        }

        private static bool Same(byte[] a, byte[] b)
        {
            int i = 0;
            while (i < a.Length && i < b.Length && a[i] == b[i]) i++;
            return i == a.Length && i == b.Length;
        }

        private void Tell(byte[] prefix, bool subscribe)
        {
            if (_told == null) return;
            try
            {
                _told.Send(Zmtp.Subscription(prefix, subscribe, _told.PeerMinor));
            }
            catch (TransportException error)
            {
                Fail(_told, error.Message);
                _told = null;
            }
        }
    }
}
