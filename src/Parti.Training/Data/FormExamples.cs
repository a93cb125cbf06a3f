using Parti.Training.Scenes;

namespace Parti.Training.Data;

/// <summary>Scenes, and in some places forms without a name, for parts that read no captions.</summary>
/// <param name="scenes">The scenes.</param>
/// <param name="share">Share of the places with forms, above 0 to 1.</param>
/// <param name="seed">Of the forms.</param>
public sealed class FormExamples(IExamples scenes, double share, ulong seed) : IExamples
{
    const int Version = 1, Parts = 10_000;
    const string Caption = "a form";

    /// <inheritdoc />
    public string Identity => $"{scenes.Identity}, forms {Version} {(int)(share * Parts)} {seed}";

    /// <inheritdoc />
    public long? Distinct => null;

    /// <inheritdoc />
    public long Key(long index) => index;

    /// <inheritdoc />
    public Example At(long index, int size) => IsForm(index, out SceneRandom random) ? Form(random, size) with { Key = index } : scenes.At(index, size);

    /// <inheritdoc />
    public string CaptionAt(long index) => IsForm(index, out _) ? Caption : scenes.CaptionAt(index);

    /// <inheritdoc />
    public (Example Small, Example Large) PairAt(long index, int size, int factor) =>
        IsForm(index, out SceneRandom random) ? (Form(random, size), Form(random, size * factor)) : scenes.PairAt(index, size, factor);

    bool IsForm(long index, out SceneRandom random)
    {
        random = new(SceneRandom.Key(Version, seed, unchecked((ulong)index)));
        return random.Below(Parts) < share * Parts;
    }

    static Example Form(SceneRandom random, int size) => new(Caption, FormRenderer.Draw(random, size));
}
