using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>
    /// A map of free content, in the order of its bytes: the result of a command, the detail of an event. Values are
    /// null, bool, long, ulong (only above long.MaxValue), double, string, byte[], MessageMap or List&lt;object&gt;.
    /// </summary>
    public sealed class MessageMap
    {
        private readonly List<string> _keys = new List<string>();
        private readonly List<object> _values = new List<object>();

        public int Count
        {
            get { return _keys.Count; }
        }

        public string KeyAt(int index)
        {
            return _keys[index];
        }

        public object ValueAt(int index)
        {
            return _values[index];
        }

        /// <summary>Appends an entry, or replaces the one of the same key.</summary>
        public MessageMap Set(string key, object value)
        {
            int index = _keys.IndexOf(key);
            if (index >= 0)
            {
                _values[index] = value;
            }
            else
            {
                _keys.Add(key);
                _values.Add(value);
            }
            return this;
        }

        public bool Has(string key)
        {
            return _keys.IndexOf(key) >= 0;
        }

        /// <summary>The value, or null where there is none.</summary>
        public object Get(string key)
        {
            int index = _keys.IndexOf(key);
            return index >= 0 ? _values[index] : null;
        }

        public string Text(string key, string otherwise = "")
        {
            return Get(key) as string ?? otherwise;
        }

        public long Whole(string key, long otherwise = 0)
        {
            object value = Get(key);
            return value is long ? (long)value : otherwise;
        }

        public double Real(string key, double otherwise = 0.0)
        {
            object value = Get(key);
            if (value is double) return (double)value;
            return value is long ? (long)value : otherwise;
        }

        public MessageMap Map(string key)
        {
            return Get(key) as MessageMap;
        }

        public List<object> List(string key)
        {
            return Get(key) as List<object>;
        }
    }
}
