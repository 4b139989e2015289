using System;
using System.Collections.Generic;
using UnityEngine;

namespace EchoRuntime.Components
{
    /// <summary>
    /// How coefficients drive blend shapes: an asset, so that characters share it. Without rules every coefficient drives
    /// the shape of its own name.
    /// </summary>
    [CreateAssetMenu(menuName = "Echo Runtime/Blend Shape Mapping", fileName = "Blend Shape Mapping")]
    public sealed class EchoBlendShapeMapping : ScriptableObject
    {
        [Serializable]
        public sealed class Rule
        {
            [Tooltip("Coefficient, as jawOpen.")]
            public string curve = "";
            [Tooltip("Blend shape; empty: the one of the coefficient's name.")]
            public string shape = "";
            [Range(-4f, 4f)]
            public float gain = 1f;
            [Range(-1f, 1f)]
            public float offset;
        }

        [Tooltip("Times everything.")]
        [Range(0f, 2f)]
        public float strength = 1f;
        public List<Rule> rules = new List<Rule>();

        /// <summary>Counts changes, so that those who use it know; raised by OnValidate and <see cref="Changed"/>.</summary>
        public int Version { get; private set; }

        /// <summary>Call it when a script has changed the rules.</summary>
        public void Changed()
        {
            Version++;
        }

        /// <summary>A rule for each of the 52 coefficients, with gain 1.</summary>
        public void Fill()
        {
            foreach (string curve in ArkitNames.All)
            {
                if (!rules.Exists(rule => rule.curve == curve)) rules.Add(new Rule { curve = curve });
            }
            Changed();
        }

        internal CurveRule[] Rules()
        {
            return rules.ConvertAll(rule => new CurveRule
            {
                Curve = rule.curve, Shape = rule.shape, Gain = rule.gain * strength, Offset = rule.offset,
            }).ToArray();
        }

        private void OnValidate()
        {
            Changed();
        }
    }
}
