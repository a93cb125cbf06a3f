using Parti.Inference;

namespace Parti.Grains.Tests.Cluster;

/// <summary>
/// A deterministic engine without a model: token p of image i is a hash of (prompt, seed, i, p), a picture is a function of
/// its tokens. It computes nothing and takes no time, but can be told to stand still at a token or to fail.
/// </summary>
public sealed class TestEngine(int slots = 4) : IInferenceEngine
{
    public const string Model = "test";
    public const int ImageTokens = 64;
    public const int NativeSize = 8;
    public const int LargeSize = 16;

    private readonly Lock _lock = new();
    private readonly List<SampleRequest> _requests = [];
    private TaskCompletionSource _release = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pauseAt = int.MaxValue;
    private int _running;

    public string Device => "cpu";

    public int Slots => slots;

    public IReadOnlyDictionary<string, ModelDescription> Models { get; } = new Dictionary<string, ModelDescription>
    {
        [Model] = new(Model, "0123456789abcdef", 32, ImageTokens, NativeSize, [NativeSize, LargeSize], new(3.5f, 0.95f, 0, 1)),
    };

    /// <summary>Thrown by sampling instead of an answer, while set.</summary>
    public Exception? SampleFailure { get; set; }

    /// <summary>Called when an image stands still.</summary>
    public Action? Standing { get; set; }

    /// <summary>Most images that were sampled at the same time.</summary>
    public int MostRunning { get; private set; }

    public int Encodes { get; private set; }

    public int Canceled { get; private set; }

    public IReadOnlyList<SampleRequest> Requests
    {
        get
        {
            lock (_lock)
            {
                return [.. _requests];
            }
        }
    }

    /// <summary>Sampling stands still before this position until <see cref="Resume"/>.</summary>
    public void PauseAt(int position) => _pauseAt = position;

    public void Resume()
    {
        _pauseAt = int.MaxValue;
        _release.TrySetResult();
    }

    public Task<TextConditioning> EncodeAsync(EncodeRequest request, CancellationToken cancellationToken = default)
    {
        Encodes++;
        float[] states = [.. request.Prompt.Select(c => (float)c)];
        return Task.FromResult(new TextConditioning(request.Model, states, states.Length, null, 0, 0));
    }

    public Task<int[]> SampleAsync(SampleRequest request, Action<SampleProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        lock (_lock)
        {
            _requests.Add(request);
            MostRunning = Math.Max(MostRunning, ++_running);
        }

        return Task.Run(() => SampleCoreAsync(request, progress, cancellationToken), CancellationToken.None);
    }

    /// <summary>Images scored.</summary>
    public int Scores { get; private set; }

    /// <summary>The score of some tokens; may wait or throw.</summary>
    public Func<IReadOnlyList<int>, Task<double>> Score { get; set; } = tokens => Task.FromResult(ScoreOf(tokens));

    /// <summary>A hash of some tokens.</summary>
    public static double ScoreOf(IReadOnlyList<int> tokens) => tokens.Aggregate(17UL, (hash, token) => (hash ^ (ulong)token) * 1099511628211) % 1000 / 10.0;

    public Task<double> ScoreAsync(ScoreRequest request, CancellationToken cancellationToken = default)
    {
        Scores++;
        return Score(request.Tokens);
    }

    public Task<Picture> DetokenizeAsync(string model, IReadOnlyList<int> tokens, CancellationToken cancellationToken = default)
    {
        byte[] rgb = new byte[3 * NativeSize * NativeSize];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = i / 3 < tokens.Count ? (byte)(tokens[i / 3] >> (i % 3)) : (byte)127;
        }

        return Task.FromResult(new Picture(NativeSize, NativeSize, rgb));
    }

    public Task<Picture> UpscaleAsync(string model, Picture picture, int size, CancellationToken cancellationToken = default)
    {
        byte[] rgb = new byte[3 * size * size];
        for (int i = 0; i < rgb.Length; i++)
        {
            rgb[i] = picture.Rgb[i % picture.Rgb.Length];
        }

        return Task.FromResult(new Picture(size, size, rgb));
    }

    /// <summary>Token p is the red of pixel p.</summary>
    public Task<int[]> EncodePictureAsync(string model, Picture picture, CancellationToken cancellationToken = default) =>
        Task.FromResult(Enumerable.Range(0, ImageTokens).Select(pixel => (int)picture.Rgb[3 * pixel]).ToArray());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    public static int TokenAt(TextConditioning text, ulong seed, int image, int position)
    {
        ulong hash = 14695981039346656037;
        foreach (ulong part in (ulong[])[.. text.States.Select(state => (ulong)state), seed, (ulong)image, (ulong)position])
        {
            hash = (hash ^ part) * 1099511628211;
        }

        // Spread what the last steps changed over all bits.
        hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
        hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
        return (int)(hash >> 50);
    }

    private async Task<int[]> SampleCoreAsync(SampleRequest request, Action<SampleProgress>? progress, CancellationToken cancellationToken)
    {
        try
        {
            int[] tokens = new int[ImageTokens];
            for (int i = 0; i < request.KeptTokens.Count; i++)
            {
                tokens[i] = request.KeptTokens[i];
            }

            for (int position = request.KeptTokens.Count; position < ImageTokens; position++)
            {
                if (SampleFailure is not null)
                {
                    throw SampleFailure;
                }

                if (position >= _pauseAt)
                {
                    Standing?.Invoke();
                    await _release.Task.WaitAsync(cancellationToken);
                }

                cancellationToken.ThrowIfCancellationRequested();
                int given = request.ForcedTokens.Count > 0 ? request.ForcedTokens[position] : SampleRequest.Open;
                tokens[position] = given == SampleRequest.Open ? TokenAt(request.Conditioning, request.Seed, request.ImageIndex, position) : given;
                progress?.Invoke(new(position, tokens.AsMemory(position, 1)));
            }

            return tokens;
        }
        catch (OperationCanceledException)
        {
            Canceled++;
            throw;
        }
        finally
        {
            lock (_lock)
            {
                _running--;
            }
        }
    }
}
