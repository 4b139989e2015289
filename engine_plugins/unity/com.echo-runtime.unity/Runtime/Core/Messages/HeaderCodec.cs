namespace EchoRuntime
{
    /// <summary>
    /// Headers to messages and back, for any type. One instance for one thread. Throws <see cref="ProtocolException"/>.
    /// </summary>
    public sealed class HeaderCodec
    {
        private readonly FieldReader _reader = new FieldReader();
        private readonly FieldWriter _writer = new FieldWriter();

        /// <summary>
        /// The message of a header beside which a payload of `payloadSize` bytes lies. Throws
        /// <see cref="UnknownTypeException"/> for a type that this version does not know.
        /// </summary>
        public Message Read(byte[] data, int offset, int length, long payloadSize)
        {
            _reader.Open(data, offset, length);
            Message message = MessageTable.NewMessage(_reader.Type);
            if (message == null) throw new UnknownTypeException(_reader.Type);
            _reader.Fill(message, payloadSize);
            return message;
        }

        /// <summary>A copy of the header's bytes.</summary>
        public byte[] Write(Message message)
        {
            return Copy(_writer.Write(message));
        }

        /// <summary>A header of free content, its type under the key `t`.</summary>
        public byte[] Write(MessageMap header)
        {
            return Copy(_writer.Write(header));
        }

        /// <summary>The content of a header without knowing its type, for logs and tools.</summary>
        public static MessageMap ReadFree(byte[] data, int offset, int length)
        {
            if (length > Limits.HeaderBytes)
            {
                throw new ProtocolException(
                    "The header has " + length + " bytes; at most " + Limits.HeaderBytes + " are allowed.");
            }
            var reader = new MsgPackReader(data, offset, offset + length);
            var map = reader.ReadValue(Limits.HeaderDepth) as MessageMap;
            if (map == null) throw new ProtocolException("The header is not one msgpack map.");
            if (!reader.AtEnd) throw new ProtocolException("The header goes on after its map.");
            return map;
        }

        private byte[] Copy(int length)
        {
            var copy = new byte[length];
            System.Buffer.BlockCopy(_writer.Buffer, 0, copy, 0, length);
            return copy;
        }
    }
}
