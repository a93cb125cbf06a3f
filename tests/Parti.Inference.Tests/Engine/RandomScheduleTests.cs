using Microsoft.Extensions.Logging.Abstractions;
using Parti.Inference.Engine;
using Parti.Inference.Execution;
using Parti.Inference.Tests.Families;
using Parti.Inference.Tests.Kernels;
using Parti.Inference.Tests.Sharding;
using TorchSharp;

namespace Parti.Inference.Tests.Engine;

/// <summary>
/// Pictures of a real transformer under drawn schedules: any number of slots, joins at any token, neighbours that cancel, hand-overs
/// after any number of kept tokens, forced tokens, one, two or four shards, with and without guidance. Every picture must have the tokens it has alone.
/// </summary>
[Collection(TorchSetup.Name)]
public sealed class RandomScheduleTests(ITestOutputHelper output)
{
    const int Schedules = 250, Pictures = 10, Length = 16;

    string _model = "";
    bool _split;

    readonly CancellationToken _ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("dense", Schedules)]
    [InlineData("min-dalle", Schedules / 5)]
    [InlineData("llamagen", Schedules / 5)]
    [InlineData("janus-shared", Schedules / 5)]
    [InlineData("dense", Schedules / 10, true)]
    [InlineData("min-dalle", Schedules / 10, true)]
    [InlineData("llamagen", Schedules / 10, true)]
    [InlineData("janus-shared", Schedules / 10, true)]
    public async Task SampleAsync_AnySchedule_GivesTheTokensOfEveryPictureAlone(string model, int schedules, bool split = false)
    {
        (_model, _split) = (model, split);
        int seed = Random.Shared.Next();
        output.WriteLine($"seed {seed}");
        Random random = new(seed);
        SampleRequest[] requests = await Requests(random);
        int[][] alone = await Alone(requests);
        Assert.Equal(Pictures, alone.Select(tokens => string.Join(' ', tokens)).Distinct().Count());
        for (int schedule = 0; schedule < schedules; schedule++)
        {
            await RunSchedule(requests, alone, random, $"seed {seed}, schedule {schedule}");
        }
    }

    async Task RunSchedule(SampleRequest[] requests, int[][] alone, Random random, string name)
    {
        torch.set_num_threads(1 + random.Next(2));
        await using Source source = new(_model, 1 << random.Next(3), _split);
        await using DeviceEngine engine = Start(1 + random.Next(6), source);
        int[] order = [.. Enumerable.Range(0, Pictures).OrderBy(_ => random.Next()).Take(2 + random.Next(Pictures - 2))];
        bool[] canceled = [.. order.Select(_ => random.Next(4) == 0)];
        int[] joins = [.. order.Select(_ => random.Next(Length))], kept = [.. order.Select(_ => random.Next(3) == 0 ? random.Next(Length + 1) : 0)];
        TaskCompletionSource<Task<int[]>>[] running = [.. order.Select(_ => new TaskCompletionSource<Task<int[]>>())];
        using CancellationTokenSource cancel = CancellationTokenSource.CreateLinkedTokenSource(_ct);
        TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int next = 0;
        // Each picture starts the next one at a token of its own; one without that token starts it at once.
        void StartNext()
        {
            int mine = Interlocked.Increment(ref next) - 1;
            if (mine >= order.Length)
            {
                started.TrySetResult();
                return;
            }
            int told = 0;
            void Tell()
            {
                if (Interlocked.Exchange(ref told, 1) == 0)
                {
                    StartNext();
                }
            }
            SampleRequest request = requests[order[mine]] with { KeptTokens = alone[order[mine]][..kept[mine]] };
            Task<int[]> picture = engine.SampleAsync(
                request,
                progress =>
                {
                    if (progress.Position >= joins[mine])
                    {
                        Tell();
                        if (canceled[mine])
                        {
                            cancel.Cancel();
                        }
                    }
                },
                canceled[mine] ? cancel.Token : _ct);
            running[mine].SetResult(picture);
            _ = picture.ContinueWith(_ => Tell(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
        StartNext();
        await started.Task;
        for (int i = 0; i < order.Length; i++)
        {
            try
            {
                int[] tokens = await await running[i].Task;
                Assert.True(Enumerable.SequenceEqual(alone[order[i]], tokens), $"{name}: picture {order[i]} differs.");
            }
            catch (OperationCanceledException) when (canceled[i])
            {
                // Whether it ended before its cancellation was drawn too.
            }
        }
    }

    async Task<int[][]> Alone(SampleRequest[] requests)
    {
        torch.set_num_threads(1);
        await using DeviceEngine engine = Start(1, new Source(_model, 1, false));
        List<int[]> alone = [];
        foreach (SampleRequest request in requests)
        {
            alone.Add(await engine.SampleAsync(request, cancellationToken: _ct));
        }
        return [.. alone];
    }

    async Task<SampleRequest[]> Requests(Random random)
    {
        await using DeviceEngine engine = Start(1, new Source(_model, 1, false));
        SampleRequest[] requests = new SampleRequest[Pictures];
        for (int i = 0; i < Pictures; i++)
        {
            string? negative = i % 4 == 3 ? "a blue square" : null;
            TextConditioning text = await engine.EncodeAsync(new EncodeRequest(TinyModel.Name, i % 2 == 0 ? "a red circle" : "two green stars", negative), _ct);
            int[] forced = i % 3 == 2 ? [.. Enumerable.Range(0, Length).Select(_ => random.Next(2) == 0 ? SampleRequest.Open : random.Next(64))] : [];
            requests[i] = new SampleRequest(text, new(i % 5 == 0 ? 1 : 2, 1, 0, 1), (ulong)i, i % 2, []) { ForcedTokens = forced };
        }
        return requests;
    }

    static DeviceEngine Start(int slots, Source source) => new("cpu", slots, preload: false, source, NullLogger.Instance);

    /// <summary>Equal weights each time, cut into some shards: of one thread, or split over threads that pass activations on.</summary>
    sealed class Source(string model, int shards, bool split) : IModelSource, IAsyncDisposable
    {
        LocalReplica? _replica;

        public IReadOnlyDictionary<string, ModelDescription> Models { get; } =
            new Dictionary<string, ModelDescription> { [TinyModel.Name] = TinyModel.Description };

        public IModelRunner Load(string name, int slots)
        {
            int rows = 2 * slots;
            if (!split || shards == 1)
            {
                return TinyModel.Runner(slots, Networks(shards));
            }
            _replica = new LocalReplica(() => LocalReplica.Weights(model, rows), shards, rows).Open();
            return TinyModel.Runner(slots, new SplitNetworks(Networks(1), _replica));
        }

        public ValueTask DisposeAsync() => _replica?.DisposeAsync() ?? ValueTask.CompletedTask;

        IModelNetworks Networks(int parts)
        {
            if (TinyPrefixModels.Names.Contains(model))
            {
                return TinyPrefixModels.Networks(model, parts);
            }
            RandomModel networks = RandomModel.Of(model);
            networks.Shards = parts;
            return networks;
        }
    }
}
