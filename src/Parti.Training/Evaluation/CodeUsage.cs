namespace Parti.Training.Evaluation;

/// <summary>Which codes of a codebook some pictures use: over all of them, and in the mean over groups of 256.</summary>
/// <param name="codebookSize">Codes there are, at least 1.</param>
public sealed class CodeUsage(int codebookSize)
{
    /// <summary>Pictures in a group.</summary>
    public const int GroupSize = 256;

    readonly HashSet<long> _all = [], _group = [];
    int _pictures, _groups;
    double _groupShares;

    /// <summary>Share of the codes used by any picture, 0 to 1.</summary>
    public double Share => (double)_all.Count / codebookSize;

    /// <summary>Mean share of the codes used by a group of <see cref="GroupSize"/> pictures, 0 to 1; null with fewer pictures. A last, smaller group does not count.</summary>
    public double? MeanGroupShare => _groups == 0 ? null : _groupShares / _groups;

    /// <summary>Counts one picture.</summary>
    /// <param name="tokens">Its image tokens, 0 to the codebook's size − 1.</param>
    public void Add(IReadOnlyCollection<long> tokens)
    {
        _all.UnionWith(tokens);
        _group.UnionWith(tokens);
        if (++_pictures % GroupSize == 0)
        {
            _groupShares += (double)_group.Count / codebookSize;
            _groups++;
            _group.Clear();
        }
    }
}
