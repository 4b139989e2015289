using System;

namespace EchoRuntime
{
    /// <summary>
    /// One connection to one socket of the runtime, which connects again by itself for ever. Messages are read part by
    /// part, so that a part can go straight to where it is wanted. Everything is for the one thread that reads, but for
    /// what says otherwise. Reading allocates nothing in steady state.
    /// </summary>
    internal interface IMessageSource : IDisposable
    {
        /// <summary>
        /// Waits for the next message, no longer than `milliseconds` once connected. What was left of the last one is
        /// thrown away. False when none has come.
        /// </summary>
        bool WaitMessage(int milliseconds);

        /// <summary>
        /// The size in bytes of the message's next part; false when it has no more, or the connection broke.
        /// </summary>
        bool NextPart(out int size);

        /// <summary>
        /// Reads the part that <see cref="NextPart"/> announced to the begin of `buffer`, which is replaced by a larger
        /// one as its bytes come, never by what is merely announced. False when the connection broke.
        /// </summary>
        bool ReadPart(ref byte[] buffer, int size);

        /// <summary>Rises with every connection that was made; 0 before the first. Any thread.</summary>
        int Connections { get; }

        /// <summary>Whether a connection stands, as far as the transport knows. Any thread.</summary>
        bool Connected { get; }

        /// <summary>Why the last attempt or connection failed, in one sentence; "" when none has. Any thread.</summary>
        string Trouble { get; }

        /// <summary>
        /// Whether <see cref="Trouble"/> is that the peer does not want us, as opposed to not being there. Any thread.
        /// </summary>
        bool Refused { get; }

        /// <summary>Lets waiting calls return soon, and all later ones at once. Any thread.</summary>
        void Abort();
    }

    /// <summary>A SUB socket.</summary>
    internal interface ISubscription : IMessageSource
    {
        /// <summary>Any thread.</summary>
        void Subscribe(byte[] prefix);

        /// <summary>Any thread.</summary>
        void Unsubscribe(byte[] prefix);
    }

    /// <summary>A DEALER socket whose messages have two parts.</summary>
    internal interface IControlLink : IMessageSource
    {
        /// <summary>
        /// Sends header and payload, which are copied. Does not wait. False when no connection stands, or too much waits
        /// to be sent. Any thread.
        /// </summary>
        bool Send(byte[] header, int headerLength, byte[] payload, int payloadOffset, int payloadLength);
    }

    /// <summary>Makes connections of one kind. Disposed after all of them.</summary>
    internal interface ITransport : IDisposable
    {
        IControlLink Control(string host, int port);

        /// <param name="backlog">Messages that may wait unread, where the transport has such a bound.</param>
        /// <param name="largestPart">Bytes; a larger part ends the connection before anything is allocated.</param>
        ISubscription Subscription(string host, int port, int backlog, int largestPart);
    }

    /// <summary>Buffers that grow with what has come.</summary>
    internal static class GrowingBuffer
    {
        private const int First = 1 << 16;

        /// <summary>Makes room for at least one more byte after `used`, at most for `wanted`.</summary>
        public static void MakeRoom(ref byte[] buffer, int used, int wanted)
        {
            if (buffer.Length >= wanted || buffer.Length > used) return;
            Array.Resize(ref buffer, (int)Math.Min(wanted, Math.Max(First, 4L * used)));
        }
    }
}
