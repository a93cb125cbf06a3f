namespace Parti.Models.Families.MinDalle;

/// <summary>Names of tensors: ours are the published ones behind <c>encoder.</c> or <c>decoder.</c>, but for the four matrices of an attention.</summary>
internal static class MinDalleKeys
{
    private static readonly (string Published, string Ours)[] Matrices =
        [(".q_proj.", ".query."), (".k_proj.", ".key."), (".v_proj.", ".value."), (".out_proj.", ".output.")];

    /// <summary>Our name of a published tensor.</summary>
    /// <param name="part"><c>encoder</c> or <c>decoder</c>.</param>
    /// <param name="published">Its name in the published file.</param>
    internal static string Ours(string part, string published) =>
        $"{part}.{Matrices.Aggregate(published, (name, matrix) => name.Replace(matrix.Published, matrix.Ours, StringComparison.Ordinal))}";
}
