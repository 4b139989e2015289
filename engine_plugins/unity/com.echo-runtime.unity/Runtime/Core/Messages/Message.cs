namespace EchoRuntime
{
    /// <summary>
    /// Base of all messages. A message lists its fields once, in the order of the specification's tables, in
    /// <see cref="Visit"/>; reading, checking and writing all go through that list. Objects may be used again: reading
    /// sets every field, to its default where the bytes lack it.
    /// </summary>
    public abstract class Message
    {
        /// <summary>The value of the key `t`.</summary>
        public abstract string Type { get; }

        /// <summary>The most bytes that its payload may have.</summary>
        public virtual int PayloadLimit
        {
            get { return 0; }
        }

        internal abstract void Visit(Fields fields);

        /// <summary>Throws <see cref="ProtocolException"/> unless `size` bytes are what the header announces.</summary>
        public virtual void CheckPayload(long size)
        {
            if (size <= PayloadLimit) return;
            throw new ProtocolException(
                Type + " has a payload of " + size + " bytes; at most " + PayloadLimit + " are allowed.");
        }

        internal void CheckFloats(int count, long size)
        {
            if (size == 4L * count) return;
            throw new ProtocolException(
                Type + " announces " + count + " float32 values and has " + size + " bytes of them.");
        }

        internal void CheckSound(int channels, long size)
        {
            if (size > Limits.SoundBytes)
            {
                throw new ProtocolException(
                    Type + " has a payload of " + size + " bytes; at most " + Limits.SoundBytes + " are allowed.");
            }
            if (size % (2 * channels) == 0) return;
            throw new ProtocolException(
                Type + " has " + size + " bytes, not whole PCM16 samples of " + channels + " channels.");
        }
    }
}
