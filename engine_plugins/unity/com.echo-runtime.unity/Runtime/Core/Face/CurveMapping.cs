using System.Collections.Generic;

namespace EchoRuntime
{
    /// <summary>What becomes of one coefficient.</summary>
    public struct CurveRule
    {
        /// <summary>Name in the curve set.</summary>
        public string Curve;
        /// <summary>Name of the blend shape; "" finds one by the coefficient's own name.</summary>
        public string Shape;
        /// <summary>Times the value; 0 switches it off, negative inverts.</summary>
        public float Gain;
        /// <summary>Added behind the gain.</summary>
        public float Offset;
    }

    /// <summary>
    /// Carries coefficients onto the blend shapes of a mesh, by names. Made once for a curve set and a mesh;
    /// <see cref="Apply"/> allocates nothing. Several rules may drive one shape: they add up.
    /// </summary>
    public sealed class CurveMapping
    {
        private struct Link
        {
            public int Curve, Shape;
            public float Gain, Offset;
        }

        private readonly Link[] _links;
        private readonly bool[] _driven;

        /// <param name="rules">May be empty: then every coefficient drives the shape of its own name, with gain 1.</param>
        public CurveMapping(IList<string> curves, IList<string> shapes, IList<CurveRule> rules)
        {
            var links = new List<Link>();
            _driven = new bool[shapes.Count];
            var unmatched = new List<string>();
            for (int i = 0; i < curves.Count; i++)
            {
                bool ruled = false;
                for (int r = 0; r < rules.Count; r++)
                {
                    if (rules[r].Curve != curves[i]) continue;
                    ruled = true;
                    Add(links, unmatched, i, curves[i], rules[r].Shape ?? "", rules[r].Gain, rules[r].Offset, shapes);
                }
                if (!ruled && rules.Count == 0) Add(links, unmatched, i, curves[i], "", 1f, 0f, shapes);
            }
            _links = links.ToArray();
            Unmatched = unmatched.AsReadOnly();
        }

        /// <summary>Blend shapes that are driven.</summary>
        public int Driven
        {
            get
            {
                int count = 0;
                foreach (bool driven in _driven) count += driven ? 1 : 0;
                return count;
            }
        }

        /// <summary>Coefficients for which the mesh has no shape.</summary>
        public IList<string> Unmatched { get; private set; }

        /// <summary>Whether the mapping writes a shape: others are left to the game.</summary>
        public bool Drives(int shape)
        {
            return _driven[shape];
        }

        /// <summary>Writes the weights of the driven shapes, 0 to 1; values beyond are cut.</summary>
        /// <param name="weights">One for each shape of the mesh.</param>
        public void Apply(float[] values, int count, float[] weights)
        {
            for (int i = 0; i < _links.Length; i++) weights[_links[i].Shape] = 0f;
            for (int i = 0; i < _links.Length; i++)
            {
                Link link = _links[i];
                if (link.Curve < count) weights[link.Shape] += link.Gain * values[link.Curve] + link.Offset;
            }
            for (int i = 0; i < _links.Length; i++)
            {
                float weight = weights[_links[i].Shape];
                weights[_links[i].Shape] = weight > 1f ? 1f : weight > 0f ? weight : 0f;
            }
        }

        private void Add(
            List<Link> links, List<string> unmatched, int curve, string name, string wanted, float gain, float offset,
            IList<string> shapes)
        {
            int shape = Find(shapes, name, wanted);
            if (shape < 0)
            {
                unmatched.Add(name);
                return;
            }
            _driven[shape] = true;
            links.Add(new Link { Curve = curve, Shape = shape, Gain = gain, Offset = offset });
        }

        private static int Find(IList<string> shapes, string curve, string wanted)
        {
            if (wanted.Length > 0) return shapes.IndexOf(wanted);
            int exact = shapes.IndexOf(curve);
            if (exact >= 0) return exact;
            for (int i = 0; i < shapes.Count; i++)
            {
                if (ShapeNames.Plain(shapes[i]) == ShapeNames.Plain(curve)) return i;
            }
            for (int i = 0; i < shapes.Count; i++)
            {
                if (ShapeNames.Same(curve, shapes[i])) return i;
            }
            return -1;
        }
    }
}
