using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// The bytes of ZMTP 3.1 (rfc.zeromq.org/spec/37) that a SUB or DEALER client with the NULL mechanism needs.
    /// </summary>
    internal static class Zmtp
    {
        public const int GreetingBytes = 64;
        /// <summary>
        /// Of the greeting, up to the major version: as much as a peer needs to answer with all of its own.
        /// </summary>
        public const int VersionBytes = 11;
        public const int More = 1, Long = 2, Command = 4;

        /// <summary>Bytes of a command; READY with its properties is the largest.</summary>
        public const int CommandBytes = 8192;

        /// <summary>How long the peer may take us for alive without hearing from us, in tenths of a second.</summary>
        private const int TimeToLive = Limits.HeartbeatTimeoutMilliseconds / 100;

        public static byte[] Greeting()
        {
            var greeting = new byte[GreetingBytes];
            greeting[0] = 0xFF;
            greeting[8] = 1; // what ZMTP 1.0 peers would take for a length
            greeting[9] = 0x7F;
            greeting[10] = 3;
            greeting[11] = 1;
            Encoding.ASCII.GetBytes("NULL", 0, 4, greeting, 12);
            return greeting;
        }

        /// <summary>The peer's minor version. Throws <see cref="TransportException"/> for what is no peer of ours.</summary>
        public static int ReadGreeting(byte[] data, int at)
        {
            if (data[at] != 0xFF || (data[at + 9] & 1) == 0)
            {
                throw new TransportException("What answers there is not ZeroMQ.", true);
            }
            if (data[at + 10] < 3)
            {
                throw new TransportException("The peer speaks ZMTP " + data[at + 10] + "; 3 is needed.", true);
            }
            int length = 0;
            while (length < 20 && data[at + 12 + length] != 0) length++;
            string mechanism = Encoding.ASCII.GetString(data, at + 12, length);
            if (mechanism == "CURVE")
            {
                throw new TransportException(
                    "The runtime wants an encrypted connection: give its server key and a key of your own.", true);
            }
            if (mechanism != "NULL")
            {
                throw new TransportException(
                    "The peer wants the mechanism " + Printable(mechanism) + ", which is not known.", true);
            }
            return data[at + 11];
        }

        /// <summary>A frame's begin; returns how many bytes it has.</summary>
        public static int WriteFrame(byte[] into, int at, int flags, long size)
        {
            if (size <= byte.MaxValue)
            {
                into[at] = (byte)flags;
                into[at + 1] = (byte)size;
                return 2;
            }
            into[at] = (byte)(flags | Long);
            for (int i = 0; i < 8; i++) into[at + 1 + i] = (byte)(size >> (56 - 8 * i));
            return 9;
        }

        /// <summary>A command as one frame.</summary>
        public static byte[] CommandFrame(string name, byte[] body)
        {
            var payload = new byte[1 + name.Length + body.Length];
            payload[0] = (byte)name.Length;
            Encoding.ASCII.GetBytes(name, 0, name.Length, payload, 1);
            body.CopyTo(payload, 1 + name.Length);
            return Frame(Command, payload);
        }

        public static byte[] Frame(int flags, byte[] payload)
        {
            var begin = new byte[9];
            int size = WriteFrame(begin, 0, flags, payload.Length);
            var frame = new byte[size + payload.Length];
            System.Buffer.BlockCopy(begin, 0, frame, 0, size);
            payload.CopyTo(frame, size);
            return frame;
        }

        /// <summary>READY with our type of socket and an empty identity: the peer names the connection itself.</summary>
        public static byte[] Ready(string socketType)
        {
            var body = new byte[256];
            int at = Property(body, 0, "Socket-Type", socketType);
            at = Property(body, at, "Identity", "");
            var exact = new byte[at];
            System.Buffer.BlockCopy(body, 0, exact, 0, at);
            return CommandFrame("READY", exact);
        }

        public static byte[] Ping()
        {
            return CommandFrame("PING", new byte[] { TimeToLive >> 8, TimeToLive & 0xFF });
        }

        /// <summary>A subscription or its end, as a command (3.1) or as a message (3.0).</summary>
        public static byte[] Subscription(byte[] prefix, bool subscribe, int peerMinor)
        {
            if (peerMinor >= 1) return CommandFrame(subscribe ? "SUBSCRIBE" : "CANCEL", prefix);
            var payload = new byte[1 + prefix.Length];
            payload[0] = subscribe ? (byte)1 : (byte)0;
            prefix.CopyTo(payload, 1);
            return Frame(0, payload);
        }

        /// <summary>Whether a command's body begins with this name.</summary>
        public static bool IsCommand(byte[] data, int at, int size, string name)
        {
            return size > name.Length && data[at] == name.Length && NamePool.Same(name, data, at + 1, name.Length);
        }

        /// <summary>
        /// The Socket-Type among the properties of READY; "" where it is missing or the bytes are malformed.
        /// </summary>
        public static string SocketType(byte[] data, int at, int end)
        {
            while (at < end)
            {
                int nameLength = data[at], nameAt = at + 1, valueAt = nameAt + nameLength + 4;
                if (valueAt > end) return "";
                long length = 0;
                for (int i = 4; i > 0; i--) length = length << 8 | data[valueAt - i];
                if (length > end - valueAt) return "";
                string name = Encoding.ASCII.GetString(data, nameAt, nameLength);
                if (name.ToLowerInvariant() == "socket-type") return Encoding.ASCII.GetString(data, valueAt, (int)length);
                at = valueAt + (int)length;
            }
            return "";
        }

        /// <summary>A peer's words without what could disturb a log.</summary>
        public static string Printable(string text)
        {
            var shown = new StringBuilder();
            for (int i = 0; i < text.Length && i < 80; i++) shown.Append(text[i] >= ' ' && text[i] < 127 ? text[i] : '?');
            return shown.ToString();
        }

        private static int Property(byte[] into, int at, string name, string value)
        {
            into[at++] = (byte)name.Length;
            at += Encoding.ASCII.GetBytes(name, 0, name.Length, into, at);
            at += 3;
            into[at++] = (byte)value.Length;
            return at + Encoding.ASCII.GetBytes(value, 0, value.Length, into, at);
        }
    }
}
