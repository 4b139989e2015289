using System;
using System.Collections.Generic;
using System.Text;

namespace EchoRuntime
{
    /// <summary>
    /// Writes msgpack into a fixed buffer: whole numbers and lengths in their shortest form, reals as float64. Throws
    /// <see cref="ProtocolException"/> when the buffer is full or a text is not Unicode. Allocates nothing.
    /// </summary>
    internal sealed class MsgPackWriter
    {
        private readonly byte[] _buffer;

        public MsgPackWriter(byte[] buffer)
        {
            _buffer = buffer;
        }

        /// <summary>Bytes written.</summary>
        public int Length;

        public void Nil()
        {
            Put(0xC0);
        }

        public void Flag(bool value)
        {
            Put(value ? (byte)0xC3 : (byte)0xC2);
        }

        public void Whole(long value)
        {
            if (value >= 0) Whole((ulong)value);
            else if (value >= -32) Put(unchecked((byte)value));
            else if (value >= sbyte.MinValue) Put(0xD0, unchecked((ulong)value), 1);
            else if (value >= short.MinValue) Put(0xD1, unchecked((ulong)value), 2);
            else if (value >= int.MinValue) Put(0xD2, unchecked((ulong)value), 4);
            else Put(0xD3, unchecked((ulong)value), 8);
        }

        public void Whole(ulong value)
        {
            if (value < 0x80) Put((byte)value);
            else if (value <= byte.MaxValue) Put(0xCC, value, 1);
            else if (value <= ushort.MaxValue) Put(0xCD, value, 2);
            else if (value <= uint.MaxValue) Put(0xCE, value, 4);
            else Put(0xCF, value, 8);
        }

        public void Real(double value)
        {
            Put(0xCB, unchecked((ulong)BitConverter.DoubleToInt64Bits(value)), 8);
        }

        public void Text(string value)
        {
            int size;
            try
            {
                size = Utf8.Strict.GetByteCount(value);
            }
            catch (EncoderFallbackException)
            {
                throw new ProtocolException("A text holds half of a surrogate pair, which is no Unicode.");
            }
            if (size < 32) Put((byte)(0xA0 | size));
            else if (size <= byte.MaxValue) Put(0xD9, (ulong)size, 1);
            else if (size <= ushort.MaxValue) Put(0xDA, (ulong)size, 2);
            else Put(0xDB, (ulong)size, 4);
            Room(size);
            Length += Utf8.Strict.GetBytes(value, 0, value.Length, _buffer, Length);
        }

        public void Binary(byte[] value)
        {
            int size = value.Length;
            if (size <= byte.MaxValue) Put(0xC4, (ulong)size, 1);
            else if (size <= ushort.MaxValue) Put(0xC5, (ulong)size, 2);
            else Put(0xC6, (ulong)size, 4);
            Room(size);
            Buffer.BlockCopy(value, 0, _buffer, Length, size);
            Length += size;
        }

        public void List(int count)
        {
            if (count < 16) Put((byte)(0x90 | count));
            else if (count <= ushort.MaxValue) Put(0xDC, (ulong)count, 2);
            else Put(0xDD, (ulong)count, 4);
        }

        public void Map(int count)
        {
            if (count < 16) Put((byte)(0x80 | count));
            else if (count <= ushort.MaxValue) Put(0xDE, (ulong)count, 2);
            else Put(0xDF, (ulong)count, 4);
        }

        /// <summary>Any value that <see cref="MessageMap"/> may hold, and int and float besides.</summary>
        public void Value(object value, int depth = Limits.HeaderDepth)
        {
            if (value == null) Nil();
            else if (value is bool) Flag((bool)value);
            else if (value is long) Whole((long)value);
            else if (value is int) Whole((int)value);
            else if (value is uint) Whole((ulong)(uint)value);
            else if (value is ulong) Whole((ulong)value);
            else if (value is double) Real((double)value);
            else if (value is float) Real((float)value);
            else if (value is string) Text((string)value);
            else if (value is byte[]) Binary((byte[])value);
            else if (depth > 0 && value is MessageMap) MapValue((MessageMap)value, depth);
            else if (depth > 0 && value is List<object>)
            {
                var list = (List<object>)value;
                List(list.Count);
                for (int i = 0; i < list.Count; i++) Value(list[i], depth - 1);
            }
            else
            {
                throw new ProtocolException(
                    depth > 0 ? "A value of " + value.GetType().Name + " cannot cross the wire."
                        : "A value holds too many maps and lists inside one another.");
            }
        }

        private void MapValue(MessageMap map, int depth)
        {
            Map(map.Count);
            for (int i = 0; i < map.Count; i++)
            {
                Text(map.KeyAt(i));
                Value(map.ValueAt(i), depth - 1);
            }
        }

        private void Put(byte value)
        {
            Room(1);
            _buffer[Length++] = value;
        }

        private void Put(byte code, ulong value, int size)
        {
            Room(1 + size);
            _buffer[Length++] = code;
            for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) _buffer[Length++] = (byte)(value >> shift);
        }

        private void Room(int size)
        {
            if (_buffer.Length - Length >= size) return;
            throw new ProtocolException("The header has more than " + _buffer.Length + " bytes.");
        }
    }
}
