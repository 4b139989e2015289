using EchoRuntime.Components;
using UnityEditor;
using UnityEngine;

namespace EchoRuntime.Editing
{
    /// <summary>A mapping, with a button that lists all coefficients.</summary>
    [CustomEditor(typeof(EchoBlendShapeMapping))]
    internal sealed class EchoBlendShapeMappingInspector : Editor
    {
        public override void OnInspectorGUI()
        {
            var mapping = (EchoBlendShapeMapping)target;
            if (mapping.rules.Count == 0)
            {
                EditorGUILayout.HelpBox("Without rules every coefficient drives the blend shape of its own name.", MessageType.Info);
            }
            if (GUILayout.Button("Add all coefficients"))
            {
                Undo.RecordObject(mapping, "Add all coefficients");
                mapping.Fill();
                EditorUtility.SetDirty(mapping);
            }
            DrawDefaultInspector();
        }
    }
}
