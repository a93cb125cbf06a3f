namespace Parti.Inference.Kernels.Pictures;

/// <summary>Memory for the maps of one picture: the current one and three beside it.</summary>
sealed unsafe class MapMemory : IDisposable
{
    private readonly NativeFloats _memory;
    private readonly long _largest;
    private int _at;

    /// <summary>Allocates.</summary>
    /// <param name="first">Gives the size of the first current map.</param>
    /// <param name="largest">Floats of the largest map.</param>
    public MapMemory((int Height, int Width, int Channels) first, long largest)
    {
        (_memory, _largest) = (new(4 * largest), largest);
        Current = new(_memory.Pointer, first.Height, first.Width, first.Channels);
    }

    /// <summary>What the layers have made of the picture so far.</summary>
    public FeatureMap Current { get; private set; }

    /// <summary>A map beside the current one, in memory of its own.</summary>
    /// <param name="like">As large as this.</param>
    /// <param name="channels">With so many channels; as many as <paramref name="like"/> where null.</param>
    public FeatureMap First(FeatureMap like, int? channels = null) => Beside(1, like.Height, like.Width, channels ?? like.Channels);

    /// <inheritdoc cref="First"/>
    public FeatureMap Second(FeatureMap like, int? channels = null) => Beside(2, like.Height, like.Width, channels ?? like.Channels);

    /// <inheritdoc cref="First"/>
    public FeatureMap Third(FeatureMap like, int? channels = null) => Beside(3, like.Height, like.Width, channels ?? like.Channels);

    /// <summary>A map that becomes the current one with <see cref="Advance"/>.</summary>
    /// <param name="factor">Times the current map's size.</param>
    /// <param name="channels">Channels.</param>
    public FeatureMap Next(int factor, int channels) => Beside(3, factor * Current.Height, factor * Current.Width, channels);

    /// <summary>Makes the map of <see cref="Next"/> the current one; the other maps are void.</summary>
    /// <param name="next">It.</param>
    public void Advance(FeatureMap next)
    {
        _at = (_at + 3) % 4;
        Current = next;
    }

    /// <inheritdoc />
    public void Dispose() => _memory.Dispose();

    private FeatureMap Beside(int distance, int height, int width, int channels) =>
        new(_memory.Pointer + (_at + distance) % 4 * _largest, height, width, channels);
}
