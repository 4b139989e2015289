using UnityEngine;

// Meta XR Core SDK: https://developers.meta.com/horizon/reference/unity/latest/class_o_v_r_face_expressions
public class OVRFaceExpressions : MonoBehaviour // OVRFaceExpressions
{
    public enum FaceExpression { Invalid = -1, BrowLowererL = 0 } // OVRFaceExpressions.FaceExpression
    public bool ValidExpressions { get { return false; } } // OVRFaceExpressions.ValidExpressions
    public float this[FaceExpression expression] { get { return 0f; } } // OVRFaceExpressions.this
}
