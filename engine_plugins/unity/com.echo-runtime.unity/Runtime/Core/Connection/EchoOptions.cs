namespace EchoRuntime
{
    /// <summary>How the runtime is reached.</summary>
    public enum TransportKind
    {
        /// <summary>Managed for unencrypted connections, libzmq where a server key is given.</summary>
        Automatic,
        /// <summary>ZMTP on .NET's sockets: no native library, no encryption.</summary>
        Managed,
        /// <summary>The native ZeroMQ library.</summary>
        Libzmq,
    }

    /// <summary>Where the runtime is and who we are. Read once, when the client is made.</summary>
    public sealed class EchoOptions
    {
        public string Host = "127.0.0.1";
        /// <summary>Of the control socket; the runtime names the others.</summary>
        public int Port = Limits.DefaultControlPort;
        /// <summary>
        /// 1 to 64 letters, digits, `_`, `-`, `.`; stays the same for one installation: a client that comes back under it
        /// finds its session again. Two at once under one name take it from each other.
        /// </summary>
        public string Client = "engine";
        public TransportKind Transport = TransportKind.Automatic;
        /// <summary>
        /// The runtime's public key, Z85 of 40 characters; "" for an unencrypted connection on this machine.
        /// </summary>
        public string ServerKey = "";
        /// <summary>This client's secret key, Z85 of 40 characters; wanted with a server key.</summary>
        public string SecretKey = "";
        /// <summary>Path of libzmq; "" looks for it under its usual names.</summary>
        public string LibraryPath = "";
        /// <summary>Lets faces and voices cross one's own network unencrypted, for a headset in development.</summary>
        public bool InsecureLan;
        /// <summary>What HELLO says that we speak.</summary>
        public ProtocolVersion Proto = new ProtocolVersion(Limits.ProtocolMajor, Limits.ProtocolMinor);

        /// <summary>The transport that these options ask for. Throws <see cref="UsageException"/>.</summary>
        internal ITransport MakeTransport()
        {
            if (Client == null || !FieldRules.IsName(Client))
            {
                throw new UsageException(
                    "The client's name is '" + FieldRules.Shown(Client ?? "") + "'; it must be 1 to " + Limits.NameBytes
                    + " letters, digits, '_', '-' or '.'.");
            }
            if (Port < 1 || Port > ushort.MaxValue)
            {
                throw new UsageException("The port is " + Port + "; it must be from 1 to 65535.");
            }
            bool encrypted = ServerKey.Length > 0;
            if (!encrypted && !InsecureLan && !IsLoopback(Host))
            {
                throw new UsageException(
                    "The address " + Host
                    + " is outside this machine: give the runtime's server key, or allow insecure LAN to "
                    + "send faces and voices unencrypted on your own network.");
            }
            if (Transport == TransportKind.Managed && encrypted)
            {
                throw new UsageException("The managed transport does not encrypt: use libzmq with a server key.");
            }
            if (Transport == TransportKind.Libzmq || encrypted) return new ZmqTransport(LibraryPath, ServerKey, SecretKey);
            return new ManagedTransport();
        }

        /// <summary>Names other than localhost are not resolved, and count as outside.</summary>
        private static bool IsLoopback(string host)
        {
            System.Net.IPAddress address;
            return host == "localhost"
                || System.Net.IPAddress.TryParse(host.Trim('[', ']'), out address) && System.Net.IPAddress.IsLoopback(address);
        }
    }
}
