using System.Globalization;
using System.Text.Json;
using Parti.Abstractions;

namespace Parti.Client;

/// <summary>The client for any program: talks to a server's HTTP interface. Thread-safe; one for the whole program is enough.</summary>
public sealed class HttpPartiClient : IPartiClient, IDisposable
{
    private static readonly TimeSpan DrainPoll = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http;
    private readonly HttpCalls _calls;
    private readonly TimeProvider _time;

    /// <summary>Connects with the first call.</summary>
    /// <param name="options">Address, key, patience.</param>
    /// <param name="time">The clock; null for the system's.</param>
    /// <param name="handler">Carries the requests; null for one of its own.</param>
    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public HttpPartiClient(PartiClientOptions options, TimeProvider? time = null, HttpMessageHandler? handler = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _time = time ?? TimeProvider.System;
        // A name may come to mean another machine while the program runs.
        _http = new(handler ?? new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), ConnectTimeout = TimeSpan.FromSeconds(5) })
        {
            BaseAddress = new(options.Server.AbsoluteUri.TrimEnd('/') + '/'),
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _calls = new(_http, options, _time);
    }

    /// <inheritdoc/>
    public Task<GenerationResult> GenerateAsync(string prompt, GenerationOptions? options = null, CancellationToken cancellationToken = default) =>
        Generation.RunAsync(this, prompt, options ?? new(), _time, cancellationToken);

    /// <inheritdoc/>
    public async Task<JobHandle> SubmitAsync(GenerationRequest request, string? jobId = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        IReadOnlyList<RequestProblem> problems = GenerationRequestValidator.Validate(request, new RequestLimits());
        if (problems.Count > 0)
        {
            throw new InvalidRequestException(problems);
        }

        // The id is the idempotency key: a repeated submit is the same job.
        HttpJobHandle handle = Handle(jobId ?? JobKey.NewId(_time));
        byte[] body = JsonSerializer.SerializeToUtf8Bytes(request, PartiJson.Default.GenerationRequest);
        handle.Accepted = await _calls.JsonAsync(new(HttpMethod.Put, handle.Path) { Body = body, Job = handle.Id }, PartiJson.Default.JobSnapshot, cancellationToken);
        return handle;
    }

    /// <inheritdoc/>
    public JobHandle GetJob(string id) => Handle(id);

    /// <inheritdoc/>
    public Task<JobPage> ListJobsAsync(JobQuery? query = null, CancellationToken cancellationToken = default)
    {
        JobQuery asked = query ?? new();
        List<string> parts = [string.Create(CultureInfo.InvariantCulture, $"limit={asked.Limit}")];
        Add("state", asked.State?.ToString().ToLowerInvariant());
        Add("model", asked.Model);
        Add("cursor", asked.Cursor);
        return _calls.JsonAsync(new(HttpMethod.Get, $"api/jobs?{string.Join('&', parts)}"), PartiJson.Default.JobPage, cancellationToken);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<WorkerSnapshot>> ListWorkersAsync(CancellationToken cancellationToken = default) =>
        (await _calls.JsonAsync(new(HttpMethod.Get, "api/workers"), PartiJson.Default.WorkerList, cancellationToken)).Workers;

    /// <inheritdoc/>
    public async Task DrainWorkerAsync(string id, CancellationToken cancellationToken = default)
    {
        await _calls.JsonAsync(new(HttpMethod.Post, $"api/workers/{Uri.EscapeDataString(id)}/drain"), PartiJson.Default.WorkerSnapshot, cancellationToken);
        while ((await ListWorkersAsync(cancellationToken)).FirstOrDefault(worker => worker.Id == id) is { } worker && !(worker.Draining && worker.Busy == 0))
        {
            await Task.Delay(DrainPoll, _time, cancellationToken);
        }
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PoolSnapshot>> ListPoolsAsync(CancellationToken cancellationToken = default) =>
        (await _calls.JsonAsync(new(HttpMethod.Get, "api/pools"), PartiJson.Default.PoolList, cancellationToken)).Pools;

    /// <inheritdoc/>
    public Task<PoolSnapshot> PausePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default) =>
        PoolCommandAsync(model, stage, "pause", cancellationToken);

    /// <inheritdoc/>
    public Task<PoolSnapshot> ResumePoolAsync(string model, Stage stage, CancellationToken cancellationToken = default) =>
        PoolCommandAsync(model, stage, "resume", cancellationToken);

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _http.Dispose();

    private Task<PoolSnapshot> PoolCommandAsync(string model, Stage stage, string verb, CancellationToken cancellationToken) => _calls.JsonAsync(
        new(HttpMethod.Post, $"api/pools/{Uri.EscapeDataString(model)}/{stage.ToString().ToLowerInvariant()}/{verb}"), PartiJson.Default.PoolSnapshot, cancellationToken);

    private HttpJobHandle Handle(string id) => JobKey.IsValidPart(id)
        ? new(id, _calls)
        : throw new InvalidRequestException([new("id", "A job id consists of 1 to 64 lower-case letters, digits and dashes.")]);
}
