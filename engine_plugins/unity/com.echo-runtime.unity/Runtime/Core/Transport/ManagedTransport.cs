namespace EchoRuntime
{
    /// <summary>ZMTP on .NET's own sockets: no native library. For unencrypted connections.</summary>
    internal sealed class ManagedTransport : ITransport
    {
        public IControlLink Control(string host, int port)
        {
            return new ZmtpControl(host, port);
        }

        public ISubscription Subscription(string host, int port, int backlog, int largestPart)
        {
            return new ZmtpSubscription(host, port, largestPart); // what waits, waits in TCP's buffers
        }

        public void Dispose()
        {
        }
    }
}
