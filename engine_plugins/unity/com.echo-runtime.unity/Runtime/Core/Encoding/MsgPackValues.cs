using System;
using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>Whole values: passing over them with all checks, and reading them as objects.</summary>
    internal partial struct MsgPackReader
    {
        /// <summary>
        /// Passes over one value of any kind and checks it; `depth` maps and lists may lie inside one another.
        /// </summary>
        public void Skip(int depth)
        {
            int offset, length;
            bool negative;
            switch (Peek())
            {
                case MsgPackKind.Nil:
                case MsgPackKind.Flag:
                    At++;
                    break;
                case MsgPackKind.Whole:
                    ReadWhole(out negative);
                    break;
                case MsgPackKind.Real:
                    ReadReal();
                    break;
                case MsgPackKind.Text:
                    ReadText(out offset, out length);
                    break;
                case MsgPackKind.Binary:
                    ReadBinary(out offset, out length);
                    break;
                case MsgPackKind.List:
                    if (depth <= 0) throw TooDeep();
                    for (int left = ReadList(); left > 0; left--) Skip(depth - 1);
                    break;
                default:
                    if (depth <= 0) throw TooDeep();
                    SkipMap(depth);
                    break;
            }
        }

        private void SkipMap(int depth)
        {
            int count = ReadMap(), first = At;
            for (int i = 0; i < count; i++)
            {
                int offset, length;
                ReadKey(out offset, out length);
                if (!_seenBefore) RefuseEarlier(first, i, offset, length);
                Skip(depth - 1);
            }
        }

        /// <summary>Throws when one of the `count` entries from `first` on has this key.</summary>
        private void RefuseEarlier(int first, int count, int offset, int length)
        {
            if (count == 0) return;
            // what was checked is not checked again: maps in maps would cost exponentially much
            var again = new MsgPackReader(_data, first, _end) { _seenBefore = true };
            for (int i = 0; i < count; i++)
            {
                int keyOffset, keyLength;
                again.ReadText(out keyOffset, out keyLength);
                if (Same(keyOffset, keyLength, offset, length)) throw Twice();
                again.Skip(Limits.HeaderDepth);
            }
        }

        public bool Same(int offset, int length, int otherOffset, int otherLength)
        {
            if (length != otherLength) return false;
            for (int i = 0; i < length; i++)
            {
                if (_data[offset + i] != _data[otherOffset + i]) return false;
            }
            return true;
        }

        /// <summary>One value as objects, as <see cref="MessageMap"/> describes. Allocates.</summary>
        public object ReadValue(int depth)
        {
            int offset, length;
            bool negative;
            switch (Peek())
            {
                case MsgPackKind.Nil:
                    At++;
                    return null;
                case MsgPackKind.Flag:
                    return ReadFlag();
                case MsgPackKind.Whole:
                    ulong whole = ReadWhole(out negative);
                    if (!negative && whole > long.MaxValue) return whole;
                    return unchecked((long)whole);
                case MsgPackKind.Real:
                    return ReadReal();
                case MsgPackKind.Text:
                    ReadText(out offset, out length);
                    return Utf8.Strict.GetString(_data, offset, length);
                case MsgPackKind.Binary:
                    ReadBinary(out offset, out length);
                    var bytes = new byte[length];
                    Buffer.BlockCopy(_data, offset, bytes, 0, length);
                    return bytes;
                case MsgPackKind.List:
                    if (depth <= 0) throw TooDeep();
                    int values = ReadList();
                    var list = new List<object>(); // grows with what is there, not with what is announced
                    for (int i = 0; i < values; i++) list.Add(ReadValue(depth - 1));
                    return list;
                default:
                    return ReadMapValue(depth);
            }
        }

        private MessageMap ReadMapValue(int depth)
        {
            if (depth <= 0) throw TooDeep();
            int entries = ReadMap();
            var map = new MessageMap();
            for (int i = 0; i < entries; i++)
            {
                int offset, length;
                ReadKey(out offset, out length);
                string key = Utf8.Strict.GetString(_data, offset, length);
                if (map.Has(key)) throw Twice();
                map.Set(key, ReadValue(depth - 1));
            }
            return map;
        }
    }
}
